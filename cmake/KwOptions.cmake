# Compiler, linker and launcher settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Line tables are enough for a useful stack trace, and halve link time and disk.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

option(KW_FUZZ "Build the fuzz targets (clang only)" OFF)
option(KW_SANITIZE "Build with address and undefined-behaviour sanitizers" OFF)
# Sources of one library are compiled in batches (KwLibrary.cmake): what they include is read, and what they instantiate
# compiled, once a batch. OFF is quicker while one file is being worked on.
option(KW_BATCHES "Compile sources in batches: a fresh build takes half the time" ON)

find_program(KW_CCACHE ccache)
if(KW_CCACHE)
  # Precompiled headers (KwPrecompiled.cmake) are cached only with this sloppiness, and hashed once a build by the inode
  # cache; -fpch-preprocess lets GCC name them. The compiler's own dependencies spare a run of the preprocessor.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_INODECACHE=1 CCACHE_DEPEND=1 "${KW_CCACHE}")
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
find_program(KW_MOLD mold)
if(KW_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
                    -Woverloaded-virtual -fstack-protector-strong -D_FORTIFY_SOURCE=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Known false positives of GCC 12 in inlined std::vector and std::string code.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
                      -Wno-restrict)
endif()
add_link_options(-Wl,-z,relro,-z,now)
if(KW_SANITIZE OR KW_FUZZ)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -U_FORTIFY_SOURCE)
  add_link_options(-fsanitize=address,undefined)
endif()
if(KW_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
enable_testing()
