# Every folder sim/<room> becomes a library kvsim_<room> (alias kvsim::<room>); sim/cli becomes the
# executable kvsim. The one room outside sim/ is calibration/fit, which becomes kvsim_fit.
# Arrows between rooms come from sim/rooms.txt and lead only to rooms that exist.
#
# After this file: KVSIM_ROOMS holds the rooms that are libraries, in the order of rooms.txt.

# Libraries from outside, per room. PUBLIC: seen by the room's headers. PRIVATE: by its .cpp only.
set(KVSIM_PUBLIC_base fmt::fmt kvsim_random123 Boost::headers)
set(KVSIM_PRIVATE_config yaml-cpp nlohmann_json::nlohmann_json)
set(KVSIM_PRIVATE_model Boost::headers)
set(KVSIM_PUBLIC_cluster Threads::Threads)
set(KVSIM_PRIVATE_cluster Boost::headers)
set(KVSIM_PRIVATE_plan TBB::tbb)
set(KVSIM_PRIVATE_workload nlohmann_json::nlohmann_json)
set(KVSIM_PRIVATE_report nlohmann_json::nlohmann_json kvsim_version ZLIB::ZLIB)
set(KVSIM_PUBLIC_fit Eigen3::Eigen)
set(KVSIM_PRIVATE_cli CLI11::CLI11 nlohmann_json::nlohmann_json kvsim_version ZLIB::ZLIB)

# Boost.Graph 1.74 under g++ 12 warns from inlined header code in spite of system headers.
set(KVSIM_COMPILE_OPTIONS_model -Wno-error=maybe-uninitialized)
set(KVSIM_COMPILE_OPTIONS_cluster -Wno-error=maybe-uninitialized)

# Those whose libraries take long to read; kvsim_compile_at_once().
set(KVSIM_UNITY_ROOMS config fit plan report)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/sim/rooms.txt")
file(STRINGS "${CMAKE_SOURCE_DIR}/sim/rooms.txt" kvsim_room_lines REGEX "^([a-z_]+|calibration/fit) *:")
set(kvsim_room_names "")
foreach(line IN LISTS kvsim_room_lines)
  string(REGEX MATCH "^[a-z_/]+" folder "${line}")
  get_filename_component(room "${folder}" NAME)
  string(REGEX REPLACE "^[a-z_/]+ *:" "" sees "${line}")
  string(REGEX REPLACE "#.*" "" sees "${sees}")
  string(REGEX MATCHALL "[^ \t]+" sees "${sees}")
  list(TRANSFORM sees REPLACE "^calibration/fit$" fit)
  list(FILTER sees EXCLUDE REGEX "/")  # other parts of calibration/ and single files
  list(APPEND kvsim_room_names ${room})
  set(KVSIM_SEES_${room} "${sees}")
endforeach()

# Rooms that exist: those with at least one source file. CONFIGURE_DEPENDS notices new ones.
file(GLOB kvsim_room_sources CONFIGURE_DEPENDS
     "${CMAKE_SOURCE_DIR}/sim/*/*.cpp" "${CMAKE_SOURCE_DIR}/sim/*/*.hpp" "${CMAKE_SOURCE_DIR}/sim/*/*.h"
     "${CMAKE_SOURCE_DIR}/calibration/fit/*.cpp" "${CMAKE_SOURCE_DIR}/calibration/fit/*.hpp")
set(kvsim_present "")
foreach(source IN LISTS kvsim_room_sources)
  get_filename_component(folder "${source}" DIRECTORY)
  get_filename_component(room "${folder}" NAME)
  list(APPEND kvsim_present ${room})
  list(APPEND KVSIM_FILES_${room} "${source}")
endforeach()
list(REMOVE_DUPLICATES kvsim_present)
foreach(room IN LISTS kvsim_present)
  if(NOT room IN_LIST kvsim_room_names)
    message(FATAL_ERROR "sim/${room} is not a room yet: add a line '${room}: ...' to sim/rooms.txt")
  endif()
endforeach()

set(KVSIM_ROOMS "")
foreach(room IN LISTS kvsim_room_names)
  if(room IN_LIST kvsim_present AND NOT room STREQUAL "cli")
    list(APPEND KVSIM_ROOMS ${room})
  endif()
endforeach()

foreach(room IN LISTS KVSIM_ROOMS)
  set(neighbours "")
  foreach(seen IN LISTS KVSIM_SEES_${room})
    if(seen IN_LIST KVSIM_ROOMS)
      list(APPEND neighbours kvsim_${seen})
    endif()
  endforeach()

  set(sources ${KVSIM_FILES_${room}})
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  if(sources)
    add_library(kvsim_${room} STATIC ${sources})
    target_include_directories(kvsim_${room} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_compile_features(kvsim_${room} PUBLIC cxx_std_20)
    target_compile_options(kvsim_${room} PRIVATE ${KVSIM_COMPILE_OPTIONS_${room}})
    if(room IN_LIST KVSIM_LTO_ROOMS)
      target_compile_options(kvsim_${room} PRIVATE -flto -ffat-lto-objects ${KVSIM_LTO_OPTIONS})
    endif()
    target_link_libraries(kvsim_${room} PUBLIC ${neighbours} ${KVSIM_PUBLIC_${room}}
                                        PRIVATE kvsim_options ${KVSIM_PRIVATE_${room}})
    if(room IN_LIST KVSIM_UNITY_ROOMS)
      kvsim_compile_at_once(kvsim_${room})
    endif()
  else()
    add_library(kvsim_${room} INTERFACE)
    target_include_directories(kvsim_${room} INTERFACE "${CMAKE_SOURCE_DIR}")
    target_compile_features(kvsim_${room} INTERFACE cxx_std_20)
    target_link_libraries(kvsim_${room} INTERFACE ${neighbours} ${KVSIM_PUBLIC_${room}})
  endif()
  add_library(kvsim::${room} ALIAS kvsim_${room})
endforeach()

list(TRANSFORM KVSIM_ROOMS PREPEND kvsim_ OUTPUT_VARIABLE KVSIM_ROOM_TARGETS)

set(kvsim_cli_sources ${KVSIM_FILES_cli})
list(FILTER kvsim_cli_sources INCLUDE REGEX "\\.cpp$")
if(kvsim_cli_sources)
  add_executable(kvsim ${kvsim_cli_sources})
  target_include_directories(kvsim PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(kvsim PRIVATE kvsim_options ${KVSIM_ROOM_TARGETS} ${KVSIM_PRIVATE_cli})
  kvsim_compile_at_once(kvsim)
  kvsim_optimise_as_a_whole(kvsim)
endif()
