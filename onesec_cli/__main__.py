"""`python -m onesec_cli` is `onesec`."""

from onesec_cli.cli.app import main

main()
