/* What paramexec would be without its cure: a static program that looks up a name and a user with glibc.
 *
 * glibc reads the image's nsswitch.conf and loads the modules that it names, which belong to another glibc than the one
 * linked in here. Seen with glibc 2.36 inside: Debian 11 aborts (134), Debian 13 dies of SIGFPE (136), each without a word
 * of ours; Debian 12, whose modules are from 2.36 too, works. The images in which this dies are those that show something
 * when paramexec lives: names.py demands that there is one.
 */
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words)
{
    char text[4096];
    struct passwd user, *found;
    struct addrinfo *addresses;
    if (count == 2) {
        puts(getaddrinfo(words[1], "443", NULL, &addresses) == 0 ? "an address" : "no address");
    } else {
        getpwuid_r(getuid(), &user, text, sizeof text, &found);
        puts(found ? "a user" : "no user");
    }
    return 0;
}
