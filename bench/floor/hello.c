/* SPDX-License-Identifier: ISC */
/* The floor of a start: a static process that says hello. */
#include <unistd.h>

int main(void)
{
    return write(1, "hello\n", 6) == 6 ? 0 : 1;
}
