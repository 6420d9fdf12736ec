/* The floor: 2 threads that read, SHA-256 and (with argument 1) deflate at level 6 every file named on standard input.
 * The two libraries' functions are declared here, so that no headers are needed to build it. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct libdeflate_compressor;
struct libdeflate_compressor *libdeflate_alloc_compressor(int level);
size_t libdeflate_deflate_compress(struct libdeflate_compressor *, const void *, size_t, void *, size_t);
size_t libdeflate_deflate_compress_bound(struct libdeflate_compressor *, size_t);
unsigned char *SHA256(const unsigned char *, size_t, unsigned char *);

static char **names;
static size_t count;
static atomic_size_t next_name;
static atomic_ullong total_in, total_out;
static int deflate_too;

static void *work(void *unused) {
  struct libdeflate_compressor *c = deflate_too ? libdeflate_alloc_compressor(6) : NULL;
  unsigned char *in = NULL, *out = NULL, digest[32];
  size_t in_size = 0, out_size = 0;
  (void)unused;
  for (;;) {
    size_t i = atomic_fetch_add(&next_name, 1);
    struct stat st;
    int fd;
    size_t got = 0;
    if (i >= count) break;
    fd = open(names[i], O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0) exit(1);
    if ((size_t)st.st_size > in_size) in = realloc(in, in_size = (size_t)st.st_size);
    while (got < (size_t)st.st_size) {
      ssize_t n = read(fd, in + got, (size_t)st.st_size - got);
      if (n <= 0) exit(1);
      got += (size_t)n;
    }
    close(fd);
    SHA256(in, got, digest);
    atomic_fetch_add(&total_in, got);
    if (c) {
      size_t bound = libdeflate_deflate_compress_bound(c, got);
      if (bound > out_size) out = realloc(out, out_size = bound);
      atomic_fetch_add(&total_out, libdeflate_deflate_compress(c, in, got, out, out_size));
    }
  }
  return NULL;
}

int main(int argc, char **argv) {
  char line[8192];
  size_t room = 0;
  pthread_t threads[2];
  deflate_too = argc > 1 && strcmp(argv[1], "1") == 0;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (count == room) names = realloc(names, (room = room ? room * 2 : 1024) * sizeof *names);
    names[count++] = strdup(line);
  }
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("%zu files, %llu bytes, %llu deflated\n", count, (unsigned long long)total_in, (unsigned long long)total_out);
  return 0;
}
