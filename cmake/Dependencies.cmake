# Finds the libraries; nothing is downloaded. What is missing is reported in one line that can be
# pasted into a shell. packages.apt holds the same Debian names.

set(kvsim_missing_debs "")

# kvsim_need(<Debian package> <find_package name> <target that it must define> [version])
macro(kvsim_need deb package target)
  find_package(${package} ${ARGN} QUIET)
  if(NOT TARGET ${target})
    list(APPEND kvsim_missing_debs ${deb})
  endif()
endmacro()

# kvsim_need_header(<Debian package> <cache variable> <header>)
macro(kvsim_need_header deb variable header)
  find_path(${variable} ${header})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    list(APPEND kvsim_missing_debs ${deb})
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
kvsim_need(libfmt-dev fmt fmt::fmt)
kvsim_need(libboost-graph-dev Boost Boost::headers 1.74)
kvsim_need(libeigen3-dev Eigen3 Eigen3::Eigen 3.4)
kvsim_need(libyaml-cpp-dev yaml-cpp yaml-cpp)  # 0.7 has no yaml-cpp::yaml-cpp
kvsim_need(nlohmann-json3-dev nlohmann_json nlohmann_json::nlohmann_json)
kvsim_need(libcli11-dev CLI11 CLI11::CLI11)
kvsim_need(libtbb-dev TBB TBB::tbb)
kvsim_need(zlib1g-dev ZLIB ZLIB::ZLIB)
kvsim_need_header(librandom123-dev KVSIM_RANDOM123_INCLUDE_DIR Random123/philox.h)
kvsim_need_header(libboost-graph-dev KVSIM_BOOST_GRAPH_INCLUDE_DIR boost/graph/adjacency_list.hpp)
if(KVSIM_TESTS)
  kvsim_need(libgtest-dev GTest GTest::gtest_main)
  find_package(rapidcheck QUIET)  # optional here; tests that use it need it
endif()

if(kvsim_missing_debs)
  list(REMOVE_DUPLICATES kvsim_missing_debs)
  list(JOIN kvsim_missing_debs " " kvsim_missing_debs)
  message(FATAL_ERROR "Some libraries are missing. On Debian or Ubuntu:\n"
                      "  apt-get install --no-install-recommends ${kvsim_missing_debs}\n"
                      "or let ./dev do it.")
endif()

add_library(kvsim_random123 INTERFACE)
target_include_directories(kvsim_random123 SYSTEM INTERFACE "${KVSIM_RANDOM123_INCLUDE_DIR}")
