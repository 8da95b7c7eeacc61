# kvsim_options: what every target of ours is compiled with. Link it PRIVATE.
#
# -ffp-contract=off and no -march=native: a fused multiply-add rounds once where two operations
# round twice, so both were seen to change results between compilers and machines.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")  # so that the program is build/release/kvsim

add_library(kvsim_options INTERFACE)
target_compile_options(kvsim_options INTERFACE
  -ffp-contract=off
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual)
# g++ 12 sees overlapping copies in std::string operator+ that are not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(kvsim_options INTERFACE -Wno-restrict)
endif()
if(KVSIM_WERROR)
  target_compile_options(kvsim_options INTERFACE -Werror)
endif()

# Sanitizers change the ABI of what they touch, so they go to every target, not only to ours.
if(KVSIM_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${KVSIM_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize-recover=all>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${KVSIM_SANITIZE})
  # "Sanitizers tend to increase the rate of false positive warnings, most notably those around
  # -Wmaybe-uninitialized" (GCC manual, Instrumentation Options).
  target_compile_options(kvsim_options INTERFACE -Wno-error=maybe-uninitialized)
endif()

find_program(KVSIM_CCACHE ccache)
if(KVSIM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${KVSIM_CCACHE}")
endif()

find_program(KVSIM_MOLD mold)
if(KVSIM_MOLD)
  add_link_options($<$<LINK_LANGUAGE:CXX>:-fuse-ld=mold>)
endif()

# The program and the benchmark are optimised as a whole, across the rooms that a simulation runs
# through: a fifth faster, same bytes. The objects are fat, so that tests link as they always did.
option(KVSIM_LTO "Link-time optimisation of the program (GNU)" OFF)
set(KVSIM_LTO_ROOMS "")
if(KVSIM_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT KVSIM_SANITIZE)
  set(KVSIM_LTO_ROOMS base spec model cost memory workload sched engine cluster)
  # Once -fno-lto stands on a command line, a later -flto does nothing.
  set(others $<NOT:$<BOOL:$<TARGET_PROPERTY:KVSIM_OPTIMISED_AS_A_WHOLE>>>)
  add_link_options($<$<AND:$<LINK_LANGUAGE:CXX>,${others}>:-fno-lto>)
  # ar lists what a fat object means to define before it is optimised, more than its code defines. GNU ld
  # goes by that list, finds nothing and takes the object once more; mold looks into the objects.
  if(NOT KVSIM_MOLD)
    add_link_options($<$<AND:$<LINK_LANGUAGE:CXX>,${others}>:-Wl,--allow-multiple-definition>)
  endif()
endif()

# What costs time in the rooms of a simulation (GNU, x86-64): two words of an instant are written
# apart and then read as one vector, which waits until both have left the processor's store buffer.
set(KVSIM_LTO_OPTIONS "")
if(KVSIM_LTO_ROOMS AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(KVSIM_LTO_OPTIONS -fno-tree-slp-vectorize -mno-stv)
endif()

# Several files of a room or of a folder of tests as one: what they include is read once, which takes
# less than half the time. Not in the day's work (dev), which sees that each file includes what it needs.
option(KVSIM_UNITY "Compile up to 8 files at once" OFF)

add_library(kvsim_several_files INTERFACE)
target_compile_options(kvsim_several_files INTERFACE -Wno-shadow)  # of a name in another file

# kvsim_compile_at_once(<target>), after it has been linked with kvsim_options. Not for the rooms of a
# simulation, which the program optimises as a whole.
function(kvsim_compile_at_once target)
  if(KVSIM_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_link_libraries(${target} PRIVATE kvsim_several_files)
  endif()
endfunction()
# They make nlohmann know std::optional before anybody else asks it.
file(GLOB kvsim_alone "${CMAKE_SOURCE_DIR}/sim/report/snapshot*.cpp")
set_source_files_properties(${kvsim_alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

# kvsim_optimise_as_a_whole(<executable>)
function(kvsim_optimise_as_a_whole target)
  if(KVSIM_LTO_ROOMS)
    # GNU ld: told less by mold about who uses what, g++ 12 inlined less (a tenth slower).
    set_target_properties(${target} PROPERTIES KVSIM_OPTIMISED_AS_A_WHOLE ON)
    # One piece, functions at whole cache lines: where they came to lie made up to 4 % of the time.
    target_link_options(${target} PRIVATE
      -flto=auto -flto-partition=one -falign-functions=64 -fuse-ld=bfd ${KVSIM_LTO_OPTIONS})
  endif()
endfunction()
