// What tests include besides.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
