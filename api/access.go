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
	signedIn = access{
		name: "user", description: "Any signed-in user, for their own orders.",
		allow: func(*call) bool { return true },
	}
	ownerOrStaff = access{
		name:        "owner, staff",
		description: "The user that the path names; administrators; members of a restaurant, who see that restaurant's orders only.",
		allow:       func(c *call) bool { return c.userID() == c.caller.ID || c.caller.Staff() },
	}
	ownerOrAdmin = access{
		name:        "owner, admin",
		description: "The user that the path names, by id or by their own username; administrators.",
		allow:       func(c *call) bool { return c.userID() == c.caller.ID || c.caller.Admin },
	}
	staffOfRestaurant = access{
		name:        "staff of the restaurant",
		description: "Administrators; members of the group restaurant-<restaurantId>.",
		allow:       func(c *call) bool { return c.caller.StaffOf(c.PathValue("restaurantId")) },
	}
	admin = access{
		name:        "admin",
		description: "Administrators.",
		allow:       func(c *call) bool { return c.caller.Admin },
	}
	staff = access{
		name:        "staff",
		description: "Administrators, for every order; members of a restaurant, for that restaurant's orders.",
		allow:       func(c *call) bool { return c.caller.Staff() },
	}
)
