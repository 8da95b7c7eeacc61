# Every test folder becomes one GoogleTest executable, every *_test.py one ctest entry.
#
#   tests/unit/<room>/*.cpp            test_unit_<room>      links kvsim_<room>
#   tests/<folder>/*.cpp               test_<folder>         links all rooms
#   tests/gpu/*.cpp                    test_gpu              links kvsim_calibration; needs no GPU
#   tests/support/*.hpp, *.cpp         for all of the above  #include "name.hpp"
#   tests/compile_fail/*.cpp           see CompileFail.cmake
#   tests/tools, tests/cli/*_test.py   python, with KVSIM_BIN and KVSIM_SOURCE_DIR
#   tests/perf/*_benchmark.cpp         kvsim_bench           with libbenchmark-dev; not built by default
#   tests/tools/fit_driver.cpp         a program for fit_scipy_test.py, which finds it by KVSIM_FIT_DRIVER
#
# A file named *_slow_test.cpp or *_slow_test.py carries the ctest label `slow`, which ./dev ci leaves
# out of its sanitizer run. KVSIM_DATA_DIR reaches the tests through the environment of ctest.

include(GoogleTest)
include(CompileFail)

set(kvsim_tests_dir "${CMAKE_SOURCE_DIR}/tests")
set(kvsim_test_folders physics scenario golden config_errors regressions)

# Support may use any room's headers. It links base and spec only, so that the unit tests of a room
# need nothing above that room: an object that uses more is only pulled in by a test that links more.
add_library(kvsim_test_options INTERFACE)
target_include_directories(kvsim_test_options INTERFACE "${CMAKE_SOURCE_DIR}" "${kvsim_tests_dir}/support")
target_link_libraries(kvsim_test_options INTERFACE
  kvsim_options kvsim_version nlohmann_json::nlohmann_json GTest::gtest)
if(TARGET GTest::gmock)
  target_link_libraries(kvsim_test_options INTERFACE GTest::gmock)
endif()
if(TARGET rapidcheck)
  target_link_libraries(kvsim_test_options INTERFACE rapidcheck rapidcheck_gtest)
endif()

file(GLOB kvsim_support_sources CONFIGURE_DEPENDS "${kvsim_tests_dir}/support/*.cpp")
if(kvsim_support_sources)
  add_library(kvsim_test_support STATIC ${kvsim_support_sources})
  target_link_libraries(kvsim_test_support PRIVATE kvsim_test_options)
  foreach(room IN ITEMS base spec)
    if(room IN_LIST KVSIM_ROOMS)
      target_link_libraries(kvsim_test_support PUBLIC kvsim_${room})
    endif()
  endforeach()
else()
  add_library(kvsim_test_support INTERFACE)
endif()

# kvsim_add_gtest(<target> <test prefix> <label> SOURCES ... ROOMS <targets> ...)
function(kvsim_add_gtest target prefix label)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(${target} PRIVATE kvsim_test_options kvsim_test_support ${ARG_ROOMS} GTest::gtest_main)
  # PRE_TEST: the tests are listed when ctest starts, so a broken executable fails its own tests only.
  gtest_discover_tests(${target} TEST_PREFIX "${prefix}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${label}" TIMEOUT 600)
endfunction()

# Splits off the slow files into an executable of their own; what is no *_test.cpp helps both.
function(kvsim_add_gtest_folder name prefix)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS" ${ARGN})
  set(slow ${ARG_SOURCES})
  list(FILTER slow INCLUDE REGEX "_slow_test\\.cpp$")
  set(quick ${ARG_SOURCES})
  list(FILTER quick EXCLUDE REGEX "_slow_test\\.cpp$")
  if(quick)
    kvsim_add_gtest(test_${name} ${prefix} quick SOURCES ${quick} ROOMS ${ARG_ROOMS})
    kvsim_compile_at_once(test_${name})
  endif()
  if(slow)
    set(helpers ${ARG_SOURCES})
    list(FILTER helpers EXCLUDE REGEX "_test\\.cpp$")
    # Compiled into both executables, and their names clash with those of the tests beside them.
    set_source_files_properties(${helpers} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    kvsim_add_gtest(test_${name}_slow ${prefix} slow SOURCES ${slow} ${helpers} ROOMS ${ARG_ROOMS})
  endif()
endfunction()

file(GLOB kvsim_unit_sources CONFIGURE_DEPENDS "${kvsim_tests_dir}/unit/*/*.cpp")
set(kvsim_unit_rooms "")
foreach(source IN LISTS kvsim_unit_sources)
  get_filename_component(folder "${source}" DIRECTORY)
  get_filename_component(room "${folder}" NAME)
  list(APPEND kvsim_unit_rooms ${room})
  list(APPEND kvsim_unit_sources_${room} "${source}")
endforeach()
list(REMOVE_DUPLICATES kvsim_unit_rooms)
foreach(room IN LISTS kvsim_unit_rooms)
  if(room IN_LIST KVSIM_ROOMS)
    set(rooms kvsim_${room})
  elseif(room STREQUAL "cli")
    set(rooms ${KVSIM_ROOM_TARGETS})
  else()
    message(FATAL_ERROR "tests/unit/${room} has tests, but there is no room sim/${room}")
  endif()
  kvsim_add_gtest_folder(unit_${room} unit.${room} SOURCES ${kvsim_unit_sources_${room}} ROOMS ${rooms})
endforeach()

foreach(folder IN LISTS kvsim_test_folders)
  file(GLOB sources CONFIGURE_DEPENDS "${kvsim_tests_dir}/${folder}/*.cpp")
  if(sources)
    kvsim_add_gtest_folder(${folder} ${folder} SOURCES ${sources} ROOMS ${KVSIM_ROOM_TARGETS})
  endif()
endforeach()

file(GLOB kvsim_gpu_tests CONFIGURE_DEPENDS "${kvsim_tests_dir}/gpu/*.cpp")
kvsim_add_gtest_folder(gpu gpu SOURCES ${kvsim_gpu_tests} ROOMS kvsim_calibration)
# g++ 12 calls `float x[n / 8]` a conversion to unsigned where n is a template's int.
set_source_files_properties(${kvsim_gpu_tests} PROPERTIES COMPILE_OPTIONS -Wno-sign-conversion)

# Not part of ctest: ./dev bench.
find_package(benchmark QUIET)
file(GLOB kvsim_perf_sources CONFIGURE_DEPENDS "${kvsim_tests_dir}/perf/*_benchmark.cpp")
if(TARGET benchmark::benchmark AND kvsim_perf_sources)
  add_executable(kvsim_bench EXCLUDE_FROM_ALL ${kvsim_perf_sources})
  set_target_properties(kvsim_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(kvsim_bench PRIVATE
    kvsim_test_options kvsim_test_support ${KVSIM_ROOM_TARGETS} benchmark::benchmark)
  kvsim_optimise_as_a_whole(kvsim_bench)
endif()

file(GLOB kvsim_compile_fail_sources CONFIGURE_DEPENDS "${kvsim_tests_dir}/compile_fail/*.cpp")
foreach(source IN LISTS kvsim_compile_fail_sources)
  kvsim_add_compile_fail_test("${source}")
endforeach()

set(kvsim_fit_driver "")
if(TARGET kvsim_fit)
  add_executable(kvsim_fit_driver "${kvsim_tests_dir}/tools/fit_driver.cpp")
  set_target_properties(kvsim_fit_driver PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(kvsim_fit_driver PRIVATE kvsim_options kvsim_fit nlohmann_json::nlohmann_json)
  set(kvsim_fit_driver "$<TARGET_FILE:kvsim_fit_driver>")
endif()

# The virtual environment of ./dev test if there is one, else the system's python.
if(EXISTS "${CMAKE_SOURCE_DIR}/.venv/bin/python")
  set(kvsim_python "${CMAKE_SOURCE_DIR}/.venv/bin/python")
else()
  find_program(KVSIM_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
  find_program(KVSIM_SYSTEM_PYTHON python3)
  set(kvsim_python "${KVSIM_SYSTEM_PYTHON}")
endif()

file(GLOB kvsim_python_tests CONFIGURE_DEPENDS
     "${kvsim_tests_dir}/tools/*_test.py" "${kvsim_tests_dir}/cli/*_test.py")
if(kvsim_python_tests AND NOT kvsim_python)
  message(FATAL_ERROR "The tests need python3. On Debian or Ubuntu:\n  apt-get install python3")
endif()
set(kvsim_bin "")
if(TARGET kvsim)
  set(kvsim_bin "$<TARGET_FILE:kvsim>")
endif()
foreach(source IN LISTS kvsim_python_tests)
  get_filename_component(name "${source}" NAME_WE)
  get_filename_component(folder "${source}" DIRECTORY)
  get_filename_component(folder "${folder}" NAME)
  set(label quick)
  if(name MATCHES "_slow_test$")
    set(label slow)
  endif()
  add_test(NAME ${folder}.${name} COMMAND "${kvsim_python}" -B "${source}")
  set_tests_properties(${folder}.${name} PROPERTIES
    LABELS "${label}" TIMEOUT 600 SKIP_RETURN_CODE 77
    ENVIRONMENT "KVSIM_BIN=${kvsim_bin};KVSIM_SOURCE_DIR=${CMAKE_SOURCE_DIR};KVSIM_FIT_DRIVER=${kvsim_fit_driver}")
endforeach()
