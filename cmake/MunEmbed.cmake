# SPDX-License-Identifier: Apache-2.0
# Files that the binary carries: SQL migrations, schemas.

# mun_embed(TARGET SYMBOL FILE...)
#   adds a generated source to TARGET that defines
#     const struct mun_embedded SYMBOL[] = { { name, bytes, len }, ..., { 0 } };
#   (core/embed.h), in the order given; name is the file's name without folder.
function(mun_embed target symbol)
	set(out ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.c)
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol}
			"-DFILES=${ARGN}" -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
		DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
		VERBATIM)
	target_sources(${target} PRIVATE ${out})
endfunction()
