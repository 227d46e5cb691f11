// What most tests include, read once (see KwPrecompiled.cmake). Tests still include what they use.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "library.h"
