# SPDX-License-Identifier: Apache-2.0
# The manual pages and the completion, which the program prints about itself:
# options are declared once, in cli/, and nowhere else.

option(MUN_GENERATE_DOCS "Make manual pages and completion while building" ON)

# mun_docs(TARGET)
#   makes DIR/man/*.1 and DIR/completion/muniment in the build folder by
#   running TARGET, and installs them.
function(mun_docs target)
	set(out ${CMAKE_BINARY_DIR}/docs)
	# The pages are as many as the commands, so a stamp stands for them; the
	# folder is emptied first, or a command that was renamed would stay.
	add_custom_command(OUTPUT ${out}/stamp
		COMMAND ${CMAKE_COMMAND} -E rm -rf ${out}
		COMMAND ${CMAKE_COMMAND} -E make_directory ${out}/man
			${out}/completion
		COMMAND $<TARGET_FILE:${target}> help --man-pages ${out}/man
		COMMAND $<TARGET_FILE:${target}> help --completion bash
			> ${out}/completion/muniment
		COMMAND ${CMAKE_COMMAND} -E touch ${out}/stamp
		DEPENDS ${target}
		COMMENT "Manual pages and completion"
		VERBATIM)
	add_custom_target(docs ALL DEPENDS ${out}/stamp)
	install(DIRECTORY ${out}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
		FILES_MATCHING PATTERN "*.1")
	install(FILES ${out}/completion/muniment
		DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endfunction()
