/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/banned.h - functions that nobody here may call; force-included by CMake
 *
 * The system's own headers come first: after the poison their declarations
 * would not compile either.
 */
#ifndef MUN_CORE_BANNED_H
#define MUN_CORE_BANNED_H

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef asprintf
#undef vasprintf
#undef alloca

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison atoi atol atof gmtime localtime ctime asctime mktemp
#pragma GCC poison asprintf vasprintf system popen tmpnam gets

#endif
