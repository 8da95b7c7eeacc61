# Wrong code must not build. Each file of tests/compile_fail is compiled twice, without output:
#
#   compile_fail.<name>.right   as it stands                must compile
#   compile_fail.<name>.wrong   with -DKVSIM_MUST_FAIL      must not compile
#
# so a file that fails for a reason of its own (a missing header, a typo) is noticed. A line
# `// error: REGEX` in the file says what the compiler's message must contain (CMake regex).

function(kvsim_add_compile_fail_test source)
  get_filename_component(name "${source}" NAME_WE)
  # fmt's flags, as they are for the rooms.
  set(includes "$<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>")
  set(definitions "$<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>")
  foreach(kind IN ITEMS right wrong)
    add_test(NAME compile_fail.${name}.${kind}
      COMMAND ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER} -DSOURCE=${source} -DKIND=${kind}
              "-DROOT=${CMAKE_SOURCE_DIR}" "-DGENERATED=${CMAKE_BINARY_DIR}/generated"
              "-DSYSTEM_INCLUDES=${includes}" "-DDEFINITIONS=${definitions}"
              "-DIMPLICIT_INCLUDES=${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES}"
              -P "${CMAKE_SOURCE_DIR}/cmake/CompileFailRun.cmake")
    set_tests_properties(compile_fail.${name}.${kind} PROPERTIES LABELS quick TIMEOUT 120)
  endforeach()
endfunction()
