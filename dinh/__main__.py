"""`python -m dinh` is the same as `dinh`."""

from dinh.cli import main

main()
