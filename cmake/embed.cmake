# SPDX-License-Identifier: Apache-2.0
# Run by mun_embed(): writes the bytes of FILES as a C table into OUT.
set(text "/* generated: do not edit */\n#include \"core/embed.h\"\n")
set(table "")
set(n 0)
foreach(file ${FILES})
	file(READ ${file} hex HEX)
	string(LENGTH "${hex}" digits)
	math(EXPR len "${digits} / 2")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
	string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
		"\\1\n" bytes "${bytes}")
	get_filename_component(name ${file} NAME)
	string(APPEND text
		"static const unsigned char file_${n}[] = {\n${bytes}0 };\n")
	string(APPEND table "\t{ \"${name}\", file_${n}, ${len} },\n")
	math(EXPR n "${n} + 1")
endforeach()
string(APPEND text
	"const struct mun_embedded ${SYMBOL}[] = {\n${table}\t{ 0, 0, 0 },\n};\n")
file(WRITE ${OUT} "${text}")
