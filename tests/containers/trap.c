/* What paramexec would be without its cure: a static program that looks up a name and a user with glibc.
 *
 * glibc reads the image's nsswitch.conf and loads the modules that it names, which belong to another glibc than the one
 * linked in here. Seen with Debian 12's glibc 2.36 inside and the settings of names.py: Debian 11 kills it by SIGSEGV
 * (139), with other modules by SIGABRT (134); Debian 13 by SIGFPE (136); Debian 12 itself by SIGSEGV, though only when it
 * looks up a user. "files dns" in front saves the names that exist, and the first that does not exist kills. Each without a
 * word. names.py shows anew in each run that some of its images are such traps, before it counts on paramexec living there.
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
