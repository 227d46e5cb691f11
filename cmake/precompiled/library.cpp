// The source that cmake/precompiled/library.h is compiled for; a target has to have one.
