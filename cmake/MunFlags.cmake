# SPDX-License-Identifier: Apache-2.0
# Every compiler and linker flag of ours, in one INTERFACE target: mun_flags.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

option(MUN_WERROR "Warnings are errors" OFF)
option(MUN_HARDEN "Hardening flags (off with sanitizers, which they blind)" ON)
option(MUN_ANALYZE "Analyse while compiling: gcc -fanalyzer" OFF)
option(MUN_COVERAGE "Count executed lines: gcov" OFF)
option(MUN_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)
set(MUN_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(mun_flags INTERFACE)
target_compile_definitions(mun_flags INTERFACE
	_GNU_SOURCE _FILE_OFFSET_BITS=64)
target_compile_options(mun_flags INTERFACE
	"SHELL:-include ${CMAKE_SOURCE_DIR}/core/banned.h"
	-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)

function(mun_add_flags)
	foreach(flag ${ARGN})
		string(MAKE_C_IDENTIFIER "MUN_HAS_${flag}" has)
		# The probe must fail on an unknown flag, also with clang.
		set(CMAKE_REQUIRED_FLAGS "-Werror")
		check_c_compiler_flag("${flag}" ${has})
		if(${has})
			target_compile_options(mun_flags INTERFACE "${flag}")
		endif()
	endforeach()
endfunction()

mun_add_flags(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
	-Wvla -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wredundant-decls -Wwrite-strings -Wpointer-arith -Wcast-qual
	-Wcast-align=strict -Wundef -Wformat=2 -Wformat-signedness -Wdate-time
	-Wnull-dereference -Wimplicit-fallthrough=5 -Wswitch-enum
	-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
	-Wtrampolines -Walloc-zero -Warith-conversion -Wcomma -Wassign-enum
	-Wconditional-uninitialized -Wunreachable-code
	-Werror=implicit-function-declaration -Werror=return-type
	-Werror=incompatible-pointer-types -Werror=int-conversion)
# mun_steal() is a statement expression, which -Wpedantic of clang names so.
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
	target_compile_options(mun_flags INTERFACE
		-Wno-gnu-statement-expression -Wimplicit-fallthrough)
endif()
if(MUN_WERROR)
	target_compile_options(mun_flags INTERFACE -Werror)
endif()

if(MUN_SANITIZE)
	set(san -fsanitize=${MUN_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	target_compile_options(mun_flags INTERFACE ${san})
	target_link_options(mun_flags INTERFACE ${san})
	target_compile_definitions(mun_flags INTERFACE MUN_SANITIZED=1)
	# Hundreds of large programs: ld takes twice as long.
	find_program(MUN_LLD ld.lld)
	if(MUN_LLD)
		target_link_options(mun_flags INTERFACE -fuse-ld=lld)
	endif()
	# These two follow the flow of data, which the checks that a sanitizer
	# puts in between make them lose; the release build has them.
	if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
		target_compile_options(mun_flags INTERFACE
			-Wno-maybe-uninitialized -Wno-null-dereference)
	endif()
elseif(MUN_HARDEN)
	mun_add_flags(-fstack-protector-strong -fstack-clash-protection
		-fcf-protection=full -fno-delete-null-pointer-checks
		-fno-strict-overflow -ftrivial-auto-var-init=zero
		-fstrict-flex-arrays=3)
	target_compile_options(mun_flags INTERFACE
		$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
		$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
	target_link_options(mun_flags INTERFACE -pie -Wl,-z,relro,-z,now
		-Wl,-z,noexecstack -Wl,--as-needed)
endif()

# What gcc 12 is good at: double frees, use after free, files left open, wrong
# frees; it knows the cleanup attribute, which clang's analyser does not.  Off is
# what it is not good at: a value that is set when a function returns 0 (clang's
# analyser follows that one, through mun_fail()), and an object handed out by
# its first member, which it calls leaked (LeakSanitizer and valgrind know).
if(MUN_ANALYZE)
	if(NOT CMAKE_C_COMPILER_ID STREQUAL "GNU")
		message(FATAL_ERROR "MUN_ANALYZE needs gcc: -fanalyzer is its own")
	endif()
	target_compile_options(mun_flags INTERFACE -fanalyzer
		-Wno-analyzer-use-of-uninitialized-value
		-Wno-analyzer-null-dereference
		-Wno-analyzer-null-argument
		-Wno-analyzer-malloc-leak)
endif()

if(MUN_COVERAGE)
	target_compile_options(mun_flags INTERFACE --coverage -O0
		-fprofile-update=atomic)
	target_link_options(mun_flags INTERFACE --coverage)
endif()

# Every library of ours tells libFuzzer which branches an input reached; the
# fuzz targets themselves add the main() (mun_fuzz).
if(MUN_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
		message(FATAL_ERROR "MUN_FUZZ needs clang: libFuzzer is its own")
	endif()
	target_compile_options(mun_flags INTERFACE -fsanitize=fuzzer-no-link)
	target_link_options(mun_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
