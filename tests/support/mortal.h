/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/mortal.h - a process that dies at a system call */
#ifndef MUN_TESTS_SUPPORT_MORTAL_H
#define MUN_TESTS_SUPPORT_MORTAL_H

/**
 * mun_test_mortal() - this process is killed by one of its own calls
 * @calls: that change something on disk and are still made; the next one is
 *         SIGKILL in its place (a write with an offset leaves half its bytes)
 *
 * For a child; a test that goes on itself sets mun_sys = mun_sys_real.
 */
void mun_test_mortal(int calls);

#endif
