# SPDX-License-Identifier: Apache-2.0
# The target "coverage": run every test, then say which lines none of them ran.

if(MUN_COVERAGE)
	find_program(LCOV lcov REQUIRED)
	set(info ${CMAKE_BINARY_DIR}/coverage.info)
	# Lines of the tests themselves, of generated files and of the system's
	# headers would only flatter the number.
	add_custom_target(coverage
		COMMAND ${LCOV} -q --zerocounters -d ${CMAKE_BINARY_DIR}
		COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure -LE lint|slow
		# First every line as not run: a file that no test touches counts.
		COMMAND ${LCOV} -q --capture --initial -d ${CMAKE_BINARY_DIR}
			-o ${info}.none --rc lcov_branch_coverage=1
		COMMAND ${LCOV} -q --capture -d ${CMAKE_BINARY_DIR}
			-o ${info}.run --rc lcov_branch_coverage=1
		COMMAND ${LCOV} -q -a ${info}.none -a ${info}.run -o ${info}
			--rc lcov_branch_coverage=1
		COMMAND ${LCOV} -q --remove ${info} -o ${info}
			--rc lcov_branch_coverage=1
			"${CMAKE_SOURCE_DIR}/tests/*"
			"${CMAKE_BINARY_DIR}/*" "/usr/*"
		COMMAND ${LCOV} --list ${info} --rc lcov_branch_coverage=1
		WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
		USES_TERMINAL
		VERBATIM)
endif()
