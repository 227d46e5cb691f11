# Headers that are read once instead of 500 times: a fresh build on two cores stays under twelve minutes by it.
#
# kw_precompiled(<target> <floor> [NET] [TEST])   gives a target the headers of cmake/precompiled/ that fit it
#
# The headers hold the messages, so the floors below those go without. The compiler takes a precompiled header only
# where all definitions that it read are the same, so those of the outside libraries are given to everybody here.
# Fuzz builds go without altogether, which shows a source that forgot to include.
add_compile_options(-pthread)
add_compile_definitions(BOOST_CONTAINER_DYN_LINK BOOST_CONTAINER_NO_LIB BOOST_JSON_DYN_LINK BOOST_JSON_NO_LIB
                        SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL FMT_SHARED
                        TOML_HEADER_ONLY=0 TOML_SHARED_LIB=1)
# Tests run once: optimising them takes longer than running them. _FORTIFY_SOURCE needs optimisation.
set(kw_test_options -O0 -U_FORTIFY_SOURCE)

# the target that a kind of headers is compiled for, made at first use, when the messages are configured
function(kw_precompiled_headers name net test)
  set(headers messages.h)
  if(net)
    list(APPEND headers network.h)
  endif()
  if(test)
    list(APPEND headers test.h)
  endif()
  list(TRANSFORM headers PREPEND "${CMAKE_SOURCE_DIR}/cmake/precompiled/")
  add_library(${name} OBJECT "${CMAKE_SOURCE_DIR}/cmake/precompiled/source.cpp")
  target_precompile_headers(${name} PRIVATE ${headers})
  target_include_directories(${name} SYSTEM PRIVATE "${CMAKE_BINARY_DIR}/src/schema/generated")
  add_dependencies(${name} kw_schema)
  if(test)
    target_link_libraries(${name} PRIVATE GTest::gmock)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIE ${kw_test_options})  # as executables are compiled
  endif()
endfunction()

function(kw_precompiled target floor)
  cmake_parse_arguments(ARG "NET;TEST" "" "" ${ARGN})
  if(ARG_TEST)
    target_compile_options(${target} PRIVATE ${kw_test_options})
  endif()
  if(KW_FUZZ OR floor LESS 2 OR NOT TARGET kw_schema)
    return()
  endif()
  set(headers kw_headers)
  if(ARG_NET)
    string(APPEND headers _net)
  endif()
  if(ARG_TEST)
    string(APPEND headers _test)
  endif()
  if(NOT TARGET ${headers})
    kw_precompiled_headers(${headers} ${ARG_NET} ${ARG_TEST})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()
