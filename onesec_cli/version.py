"""The version, told by the installed package."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("onesec")
except PackageNotFoundError:  # run from a checkout that is not installed
    VERSION = "0+unknown"
