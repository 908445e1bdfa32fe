#ifndef APUS_ALLOCATOR_H
#define APUS_ALLOCATOR_H

/// Makes the C library's allocator give memory back to the system soon, at the price of some time: blocks from 64 KB
/// on are mapped one by one, and threads share two arenas. glibc's defaults keep several times what a server that
/// reads large bodies uses. Without effect with other C libraries. To be called before there are threads.
void apus_allocator_keep_little(void);

#endif
