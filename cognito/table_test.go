package cognito

import (
	"slices"
	"testing"
)

// awsUnsigned are the operations whose authtype is "none" in the service model
// cognito-idp 2016-04-18, as botocore 1.43 has it.
var awsUnsigned = []string{
	"AssociateSoftwareToken", "ChangePassword", "CompleteWebAuthnRegistration", "ConfirmDevice", "ConfirmForgotPassword",
	"ConfirmSignUp", "DeleteUser", "DeleteUserAttributes", "DeleteWebAuthnCredential", "ForgetDevice", "ForgotPassword",
	"GetDevice", "GetTokensFromRefreshToken", "GetUser", "GetUserAttributeVerificationCode", "GetUserAuthFactors",
	"GlobalSignOut", "InitiateAuth", "ListDevices", "ListWebAuthnCredentials", "ResendConfirmationCode",
	"RespondToAuthChallenge", "RevokeToken", "SetUserMFAPreference", "SetUserSettings", "SignUp",
	"StartWebAuthnRegistration", "UpdateAuthEventFeedback", "UpdateDeviceStatus", "UpdateUserAttributes",
	"VerifySoftwareToken", "VerifyUserAttribute",
}

func TestExactlyTheOperationsThatAWSLeavesUnsignedAreUnsigned(t *testing.T) {
	seen := make(map[string]bool)
	for _, op := range operations() {
		want := accessSigned
		if slices.Contains(awsUnsigned, op.name) {
			want = accessUnsigned
		}
		if op.access != want {
			t.Errorf("%s: got %q, want %q", op.name, op.access, want)
		}
		if seen[op.name] || op.run == nil {
			t.Errorf("%s is in the table twice, or does nothing", op.name)
		}
		seen[op.name] = true
	}
}
