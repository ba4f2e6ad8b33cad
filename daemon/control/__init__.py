"""The control socket: how commands reach the daemon that holds the state.

The daemon greets with its version and state folder; the command sends one frame; the daemon answers with any
number of progress frames and one last frame. It knows who asks from SO_PEERCRED (unix(7)).
"""
