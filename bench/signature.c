/* Checks the signature of one webhook again and again with libcrypto alone:
 *   signature TEXT CODE COUNT
 *
 * TEXT is the file with the signed text, which is decoded and sorted already. CODE is the signature
 * in base64. Prints the microseconds of CPU for one check. No program on libcrypto's HMAC() can be
 * faster. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
  static unsigned char text[65536];
  unsigned char code[EVP_MAX_MD_SIZE], wanted[64] = "";
  unsigned size = 0;
  FILE *file = argc == 4 ? fopen(argv[1], "rb") : NULL;
  if (!file || strlen(argv[2]) != 28) return 2;
  size_t length = fread(text, 1, sizeof text, file);
  fclose(file);
  EVP_DecodeBlock(wanted, (const unsigned char *)argv[2], 28);
  long count = strtol(argv[3], NULL, 10), good = 0;
  clock_t start = clock();
  for (long i = 0; i < count; i++) {
    HMAC(EVP_sha1(), "12345678901234567890123456789012", 32, text, length, code, &size);
    good += CRYPTO_memcmp(code, wanted, 20) == 0;
  }
  printf("%.3f %ld\n", (double)(clock() - start) / CLOCKS_PER_SEC / (double)count * 1e6, good);
  return 0;
}
