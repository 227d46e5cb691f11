// The source that cmake/precompiled/test.h is compiled for; a target has to have one.
int main() { return 0; }
