"""What has changed since: on a list, in a source, in what was quoted."""
