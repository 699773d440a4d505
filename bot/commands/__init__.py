"""The commands of the command line, one file for each thing that people do."""
