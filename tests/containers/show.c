/* A program as images with musl hold them: dynamically linked, with musl's loader named in its ELF header. */
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
    for (int at = 1; at < count; at++) {
        const char *value = getenv(words[at]);
        puts(value ? value : "(unset)");
    }
    return 0;
}
