# kvsim_version: brings `#include "kvsim_version.hpp"` with KVSIM_VERSION, KVSIM_GIT_SHA and
# KVSIM_SOURCE_DIR. Only those who print or look for files need it, so a new commit rebuilds little.

set(KVSIM_GIT_SHA "")
find_program(KVSIM_GIT git)
if(KVSIM_GIT AND EXISTS "${CMAKE_SOURCE_DIR}/.git")
  execute_process(COMMAND "${KVSIM_GIT}" rev-parse --short=12 --verify HEAD
                  WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                  OUTPUT_VARIABLE sha OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    set(KVSIM_GIT_SHA "${sha}")
  endif()
  # Configure again when HEAD moves, or a manifest would name the wrong commit.
  execute_process(COMMAND "${KVSIM_GIT}" rev-parse --git-path logs/HEAD
                  WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                  OUTPUT_VARIABLE head_log OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    get_filename_component(head_log "${head_log}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
    if(EXISTS "${head_log}")
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${head_log}")
    endif()
  endif()
endif()

configure_file("${CMAKE_CURRENT_LIST_DIR}/kvsim_version.hpp.in"
               "${CMAKE_BINARY_DIR}/generated/kvsim_version.hpp" @ONLY)
add_library(kvsim_version INTERFACE)
target_include_directories(kvsim_version INTERFACE "${CMAKE_BINARY_DIR}/generated")
