"""What pages served on this machine share: who may open them, requests and answers, a socket."""
