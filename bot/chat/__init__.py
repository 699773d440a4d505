"""What every chat platform needs and none has a say in: who may see what, exactly one answer a question, threads,
buttons that still work after a restart, feedback. Nothing here knows a platform's protocol.
"""
