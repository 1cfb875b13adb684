// A certificate of our own for a server on 127.0.0.1. It protects nothing: it lets tests speak TLS without a tool that
// makes one. Valid for a hundred years.

export const loopbackCertificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKWETR8mbvgk3o+5A
+VEsZ4EhWNbxFLNOa0O406kcerGhRANCAAQJvueVcxxy2buxDcv1vH3s7iLGdr4y
9ND1AUVrZMzW4HAFTWrXtJKe94Pd7VfygJblyNS2cQp6OZ2o4a6Jm8eO
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUA7oaRwXbl2CXviQZfmZ7mvrNLbEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNTE1MzQxMFoYDzIxMjYxMTAx
MTUzNDEwWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQJvueVcxxy2buxDcv1vH3s7iLGdr4y9ND1AUVrZMzW4HAFTWrXtJKe
94Pd7VfygJblyNS2cQp6OZ2o4a6Jm8eOo2QwYjAdBgNVHQ4EFgQUbhhvrr1jtVzD
7F8bnJXJz7mOPpowHwYDVR0jBBgwFoAUbhhvrr1jtVzD7F8bnJXJz7mOPpowDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQDNGyy5d9p9/lsmEKDulDy+GYhAltk9etnl5hcELWvqMQIgL6bS914X66AaZGD8
q1VKGBzvgtIF4vXsS+Wcfg0xLwE=
-----END CERTIFICATE-----
`,
};
