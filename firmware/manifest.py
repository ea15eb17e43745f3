"""What an image for a board has frozen into it; read by MicroPython's own build, as its FROZEN_MANIFEST.

With the option `tests` the tests that run on the board are in it too.
"""

options.defaults(tests=False)

include("$(PORT_DIR)/boards/manifest.py")  # asyncio, and the mounting of the flash

require("logging")
require("usb-device-cdc")

package("sealwire")
package("reader")
module("slots.py")
module("romfs.py")
module("main.py")

if options.tests:
    require("unittest")
    module("link_echo.py", base_path="tests")
    module("test_sealwire.py", base_path="tests")
