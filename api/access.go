package api

// access is a rule on who may call an operation. It is decided from the caller
// and the path alone, before anything is read.
type access struct {
	name        string // as the documentation shows it
	description string
	public      bool // no credential is looked at
	allow       func(*call) bool
}

var (
	anybody = access{
		name: "anybody", description: "No token needed.", public: true,
	}
	user = access{
		name: "user", description: "Any signed-in user, for their own orders.",
		allow: func(*call) bool { return true },
	}
	ownerOrStaff = access{
		name:        "owner, staff",
		description: "The user that the path names; administrators; members of a restaurant, who see that restaurant's orders only.",
		allow:       func(c *call) bool { return c.userID() == c.caller.ID || c.caller.Staff() },
	}
	staff = access{
		name:        "staff",
		description: "Administrators, for every order; members of a restaurant, for that restaurant's orders.",
		allow:       func(c *call) bool { return c.caller.Staff() },
	}
)
