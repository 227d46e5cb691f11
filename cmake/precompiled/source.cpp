// The source that precompiled headers are made for; a target has to have one.
