# SPDX-License-Identifier: Apache-2.0
# Run by cpack on the staged tree: what Debian's policy asks of a package and
# an ordinary installation does not (copyright, compressed manual pages).
set(usr ${CPACK_TEMPORARY_DIRECTORY}/usr)
if(NOT EXISTS ${usr})
	set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
endif()
set(doc ${usr}/share/doc/${CPACK_PACKAGE_NAME})

file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${CPACK_PACKAGE_NAME}

Files: *
Copyright: 2026 ${CPACK_PACKAGE_VENDOR}
License: Apache-2.0
 On Debian systems the full text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
")
file(REMOVE ${doc}/LICENSE)

file(GLOB plain ${usr}/share/man/man*/*.[0-9] ${doc}/CHANGELOG.md)
foreach(file ${plain})
	# -n: no time stamp inside, so that the package is reproducible.
	execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
if(EXISTS ${doc}/CHANGELOG.md.gz)
	file(RENAME ${doc}/CHANGELOG.md.gz ${doc}/changelog.gz)
endif()
