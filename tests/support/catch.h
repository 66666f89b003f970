#pragma once
// Catch2 v2 (Debian 12) and v3 differ only in their header's name; tests include this file.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
