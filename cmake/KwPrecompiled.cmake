# Headers that are read once instead of 500 times: a fresh build on two cores stays under twelve minutes by it.
#
# kw_precompiled(<target>)       uses cmake/precompiled/library.h
# kw_precompiled_test(<target>)  uses cmake/precompiled/test.h, and compiles without optimisation: tests run once
#
# The compiler takes a precompiled header only where all definitions that it read are the same, so those of the
# outside libraries are given to everybody here. Fuzz builds go without, which shows a source that forgot to include.
if(KW_FUZZ)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()
add_compile_options(-pthread)
add_compile_definitions(BOOST_CONTAINER_DYN_LINK BOOST_CONTAINER_NO_LIB BOOST_JSON_DYN_LINK BOOST_JSON_NO_LIB
                        SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL FMT_SHARED
                        TOML_HEADER_ONLY=0 TOML_SHARED_LIB=1)
set(kw_test_options -O0 -U_FORTIFY_SOURCE)  # _FORTIFY_SOURCE needs optimisation

add_library(kw_headers STATIC "${CMAKE_SOURCE_DIR}/cmake/precompiled/library.cpp")
target_precompile_headers(kw_headers PRIVATE "${CMAKE_SOURCE_DIR}/cmake/precompiled/library.h")
if(NOT KW_FUZZ)
  add_executable(kw_test_headers "${CMAKE_SOURCE_DIR}/cmake/precompiled/test.cpp")
  target_link_libraries(kw_test_headers PRIVATE GTest::gmock)
  target_compile_options(kw_test_headers PRIVATE ${kw_test_options})
  target_precompile_headers(kw_test_headers PRIVATE "${CMAKE_SOURCE_DIR}/cmake/precompiled/test.h")
endif()

function(kw_precompiled target)
  target_precompile_headers(${target} REUSE_FROM kw_headers)
endfunction()

function(kw_precompiled_test target)
  target_compile_options(${target} PRIVATE ${kw_test_options})
  target_precompile_headers(${target} REUSE_FROM kw_test_headers)
endfunction()
