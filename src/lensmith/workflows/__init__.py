"""Each verb's story: what happens, in order, in one short file."""

import logging

# Whatever loads peft loads bitsandbytes, which then warns everyone of a kernel for 4 bits; who asked for 4 bits is told
# of it by `lensmith.families.quantising.settle_backend`.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
