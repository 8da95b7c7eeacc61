# One compilation for CompileFail.cmake; run by ctest with `cmake -P`.

set(command "${COMPILER}" -std=c++20 -fsyntax-only "-I${ROOT}" "-I${GENERATED}")
# -isystem /usr/include would hide the C++ library's own <stdlib.h> (#include_next).
list(REMOVE_ITEM SYSTEM_INCLUDES ${IMPLICIT_INCLUDES})
foreach(folder IN LISTS SYSTEM_INCLUDES)
  list(APPEND command -isystem "${folder}")
endforeach()
foreach(definition IN LISTS DEFINITIONS)
  list(APPEND command "-D${definition}")
endforeach()
if(KIND STREQUAL "wrong")
  list(APPEND command -DKVSIM_MUST_FAIL)
endif()

set(ENV{LC_ALL} C)  # messages in English, with plain quotes
execute_process(COMMAND ${command} "${SOURCE}" RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)

if(KIND STREQUAL "right")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile without KVSIM_MUST_FAIL, but:\n${text}")
  endif()
  return()
endif()

if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles with KVSIM_MUST_FAIL, but must not")
endif()
if(NOT text MATCHES "error:")
  message(FATAL_ERROR "${SOURCE}: the compiler failed without an error message (${status}):\n${text}")
endif()
file(STRINGS "${SOURCE}" expected REGEX "^// error: ")
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^// error: *" "" pattern "${line}")
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "${SOURCE}: expected an error that matches '${pattern}', but:\n${text}")
  endif()
endforeach()
