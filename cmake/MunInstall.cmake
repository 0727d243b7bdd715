# SPDX-License-Identifier: Apache-2.0
# What "cmake --install" puts where, and the Debian package made of it.

install(TARGETS muniment RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY schemas/
	DESTINATION ${CMAKE_INSTALL_DATADIR}/muniment/schemas
	FILES_MATCHING PATTERN "*.json" PATTERN "*.xsd" PATTERN "*.sql")
install(FILES README.md CHANGELOG.md LICENSE
	DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
	FILES_MATCHING PATTERN "*.md" PATTERN "verify_proof.py"
	PATTERN "adr" EXCLUDE PATTERN "man" EXCLUDE)

if(MUN_GENERATE_DOCS)
	mun_docs(muniment)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME muniment)
set(CPACK_PACKAGE_VENDOR "The muniment authors")
set(MUN_MAINTAINER "The muniment authors <muniment@localhost>" CACHE STRING
	"Maintainer of the Debian package: name and address of who builds it")
set(CPACK_PACKAGE_CONTACT ${MUN_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION
"Takes in disk images and block devices read-only, describes them in
PREMIS 3, stores them as OCFL 1.1 objects, keeps a catalog, audits every
byte against a hash tree, and exports packages that start in an emulator.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "qemu-system-x86, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE
	GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# Debian wants its own names and compression for a few files.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/debian.cmake)
include(CPack)
