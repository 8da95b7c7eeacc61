# kvsim_calibration: what of kvsim-calibrate needs no GPU: plans, stopping rule, CSV, CPU twins, and
# the emulated device on which tests run the kernels' own source. The program itself is built by
# nvcc from calibration/CMakeLists.txt, alone: ./dev build cuda.

file(GLOB kvsim_calibration_sources CONFIGURE_DEPENDS
     "${CMAKE_SOURCE_DIR}/calibration/kernels/*.cpp"
     "${CMAKE_SOURCE_DIR}/calibration/reference/*.cpp"
     "${CMAKE_SOURCE_DIR}/calibration/bench/*.cpp")
list(FILTER kvsim_calibration_sources EXCLUDE REGEX "/main\\.cpp$")
add_library(kvsim_calibration STATIC EXCLUDE_FROM_ALL ${kvsim_calibration_sources})
target_include_directories(kvsim_calibration PUBLIC "${CMAKE_SOURCE_DIR}")
target_link_libraries(kvsim_calibration PRIVATE kvsim_options)
