"""VK: its events become IncomingMessages, our Messages become its calls, its errors ours."""
