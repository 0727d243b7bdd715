/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_roundtrip.c - a document read and written again, whole */
#include "catalog/premis.h"

#include "catalog/xmltree.h"

int mun_premis_roundtrip(const char *xml, size_t len, struct mun_str *out,
			 struct mun_err *e)
{
	struct mun_xml_fault fault;
	mun_autoxml xmlDoc *doc = NULL;
	xmlChar *text = NULL;
	int bytes = 0;
	int rc = mun_xml_parse(xml, len, &fault, &doc, e);

	if (rc)
		return mun_ctx(e, "PREMIS document");
	xmlDocDumpMemory(doc, &text, &bytes);
	if (!text || bytes < 0)
		return mun_fail_nomem(e, "PREMIS document");
	mun_str_add_bytes(out, text, (size_t)bytes);
	xmlFree(text);
	return out->failed ? mun_fail_nomem(e, "PREMIS document") : 0;
}
