# SPDX-License-Identifier: Apache-2.0
# One folder, one static library, and the folders it may include (DEPS).

# mun_module(NAME SOURCES a.c b.c DEPS mun_core LIBS OpenSSL::Crypto)
#   makes the static library mun_NAME.  DEPS are other modules of ours and
#   follow the levels of docs/architecture.md; LIBS are outside libraries.
function(mun_module name)
	cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS" ${ARGN})
	add_library(mun_${name} STATIC ${ARG_SOURCES})
	target_include_directories(mun_${name} PUBLIC ${CMAKE_SOURCE_DIR})
	target_link_libraries(mun_${name}
		PUBLIC ${ARG_DEPS} ${ARG_LIBS}
		PRIVATE mun_flags)
endfunction()

# Sanitizers and valgrind take their time, and no test is to fail for that; the
# long forms of tests (MUNIMENT_LONG=1) even more.
set(MUN_TIMEOUT_FACTOR "" CACHE STRING
	"How many times its time a test may take; empty: as the build needs it")
if(NOT MUN_TIMEOUT_FACTOR)
	set(MUN_TIMEOUT_FACTOR 1)
	if(MUN_SANITIZE OR CMAKE_CROSSCOMPILING_EMULATOR)
		set(MUN_TIMEOUT_FACTOR 5)
	endif()
endif()

# mun_order(NAME TIMEOUT LABELS)
#   CTest starts the test with the highest cost first, and nothing that is long
#   is to begin when all else has ended.  After a first run it goes by the times
#   of that.  A test that mostly waits ("waits": for drives that are slow on
#   purpose, or a screen that stands still) counts as one job, any other as two.
function(mun_order name timeout labels)
	set(cost ${timeout})
	if("slow" IN_LIST labels)
		math(EXPR cost "${cost} + 20000")
	elseif("fault" IN_LIST labels OR "corpus" IN_LIST labels)
		math(EXPR cost "${cost} + 10000")
	endif()
	set(jobs 2)
	if("waits" IN_LIST labels)
		set(jobs 1)
	endif()
	set_tests_properties(${name} PROPERTIES COST ${cost} PROCESSORS ${jobs})
endfunction()

# mun_test_helper(FILE OUT)
#   OUT is what stands for FILE in the sources of a test: a helper that several
#   tests of this folder list is compiled once, with what the first of them
#   depends on (mun_test's DEPS and LIBS).
function(mun_test_helper file out)
	get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
	get_filename_component(stem ${file} NAME_WE)
	set(helper mun_test_${folder}_${stem})
	if(NOT TARGET ${helper})
		add_library(${helper} OBJECT EXCLUDE_FROM_ALL ${file})
		target_link_libraries(${helper} PRIVATE ${ARG_DEPS}
			mun_test_support ${ARG_LIBS} PkgConfig::CMOCKA mun_flags)
	endif()
	set(${out} $<TARGET_OBJECTS:${helper}> PARENT_SCOPE)
endfunction()

# mun_test(NAME SOURCES test_x.c [DEPS mun_core] [LABELS unit] [TIMEOUT 60])
#   makes one cmocka program, of the first source and the helpers after it, and
#   one CTest test of the same name.  A test with
#   the label "threads" is what ThreadSanitizer runs, one of core or "fuzz" what
#   valgrind does: targets of these names build just these.
function(mun_test name)
	cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LIBS;LABELS" ${ARGN})
	if(NOT ARG_LABELS)
		set(ARG_LABELS unit)
	endif()
	if(NOT ARG_TIMEOUT)
		set(ARG_TIMEOUT 120)
	endif()
	list(POP_FRONT ARG_SOURCES own)
	add_executable(${name} ${own})
	foreach(file ${ARG_SOURCES})
		mun_test_helper(${file} objects)
		target_sources(${name} PRIVATE ${objects})
	endforeach()
	target_link_libraries(${name} PRIVATE ${ARG_DEPS} mun_test_support
		${ARG_LIBS} PkgConfig::CMOCKA mun_flags)
	add_test(NAME ${name} COMMAND ${name})
	if("threads" IN_LIST ARG_LABELS)
		set_property(GLOBAL APPEND PROPERTY MUN_THREADS ${name})
	endif()
	# The folder too, so that "ctest -L core" runs what tests core.
	get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
	if(folder STREQUAL "core")
		set_property(GLOBAL APPEND PROPERTY MUN_PARSERS ${name})
	endif()
	math(EXPR timeout "${ARG_TIMEOUT} * ${MUN_TIMEOUT_FACTOR}")
	set_tests_properties(${name} PROPERTIES
		LABELS "${ARG_LABELS};${folder}" TIMEOUT ${timeout}
		SKIP_RETURN_CODE 77)
	mun_order(${name} ${ARG_TIMEOUT} "${ARG_LABELS}")
endfunction()

# mun_script_test(NAME SCRIPT file.sh [LABELS cli] [TIMEOUT 120] [ENV A=b ...])
#   runs a shell or python test; exit 77 means skipped, and it says why.
function(mun_script_test name)
	cmake_parse_arguments(ARG "" "SCRIPT;TIMEOUT" "LABELS;ENV;ARGS" ${ARGN})
	if(NOT ARG_LABELS)
		set(ARG_LABELS cli)
	endif()
	if(NOT ARG_TIMEOUT)
		set(ARG_TIMEOUT 120)
	endif()
	add_test(NAME ${name}
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_SCRIPT} ${ARG_ARGS})
	math(EXPR timeout "${ARG_TIMEOUT} * ${MUN_TIMEOUT_FACTOR}")
	set_tests_properties(${name} PROPERTIES
		LABELS "${ARG_LABELS}" TIMEOUT ${timeout}
		SKIP_RETURN_CODE 77
		ENVIRONMENT "MUNIMENT=$<TARGET_FILE:muniment>;MUN_SOURCE_DIR=${CMAKE_SOURCE_DIR};MUN_BINARY_DIR=${CMAKE_BINARY_DIR};${ARG_ENV}")
	mun_order(${name} ${ARG_TIMEOUT} "${ARG_LABELS}")
endfunction()

# mun_fuzz(NAME DEPS mun_core [LIBS x] [TIMEOUT 120])
#   makes fuzz_NAME of fuzz_NAME.c, which defines LLVMFuzzerTestOneInput only,
#   and the CTest test of that name, which runs the corpus in corpus/NAME.
#   With -DMUN_FUZZ=ON (clang) the program is a libFuzzer one that can also look
#   for new inputs; otherwise replay.c gives it the corpus and nothing else.
function(mun_fuzz name)
	cmake_parse_arguments(ARG "" "TIMEOUT" "DEPS;LIBS" ${ARGN})
	if(NOT ARG_TIMEOUT)
		set(ARG_TIMEOUT 120)
	endif()
	set(target fuzz_${name})
	set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
	add_executable(${target} ${target}.c)
	set_property(GLOBAL APPEND PROPERTY MUN_PARSERS ${target})
	target_link_libraries(${target} PRIVATE ${ARG_DEPS} ${ARG_LIBS}
		mun_flags)
	# libFuzzer calls it by name; only replay.c has a prototype of it.
	set_source_files_properties(${target}.c PROPERTIES
		COMPILE_OPTIONS "-Wno-missing-prototypes")
	if(MUN_FUZZ)
		target_link_options(${target} PRIVATE -fsanitize=fuzzer)
		set(args -runs=0 -rss_limit_mb=512)
	else()
		target_sources(${target} PRIVATE
			${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
		set(args "")
	endif()
	add_test(NAME ${target} COMMAND ${target} ${args} ${corpus})
	math(EXPR timeout "${ARG_TIMEOUT} * ${MUN_TIMEOUT_FACTOR}")
	set_tests_properties(${target} PROPERTIES
		LABELS fuzz TIMEOUT ${timeout})
endfunction()

# mun_fuzz_format(NAME)
#   the CTest test fuzz_format_NAME: fuzz_format, which is one program for all
#   formats, with the one driver NAME and the corpus in corpus/format_NAME.
function(mun_fuzz_format name)
	set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/format_${name})
	set(args "")
	if(MUN_FUZZ)
		set(args -runs=0 -rss_limit_mb=512)
	endif()
	if(NOT TARGET fuzz_format)
		add_executable(fuzz_format fuzz_format.c)
		set_property(GLOBAL APPEND PROPERTY MUN_PARSERS fuzz_format)
		target_link_libraries(fuzz_format PRIVATE mun_image mun_flags)
		# As above: an option of the file comes after those of mun_flags.
		set_source_files_properties(fuzz_format.c PROPERTIES
			COMPILE_OPTIONS "-Wno-missing-prototypes")
		if(MUN_FUZZ)
			target_link_options(fuzz_format PRIVATE
				-fsanitize=fuzzer)
		else()
			target_sources(fuzz_format PRIVATE
				${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
		endif()
	endif()
	add_test(NAME fuzz_format_${name}
		COMMAND fuzz_format ${args} ${corpus})
	math(EXPR timeout "120 * ${MUN_TIMEOUT_FACTOR}")
	set_tests_properties(fuzz_format_${name} PROPERTIES
		LABELS fuzz TIMEOUT ${timeout}
		ENVIRONMENT MUN_FORMAT=${name})
endfunction()
