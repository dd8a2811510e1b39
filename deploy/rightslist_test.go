package deploy

import "comanda/function"

// right is one action that a role allows beside a function's [Grants] on tables, and why.
type right struct {
	Action string // such as "sqs:SendMessage"
	On     string // "service:name" of what is in the deployment's region and account, or "*" for anything
	Why    string
}

// Names of roles that no function has.
const (
	pipeRole    = "notifications" // of the Pipe
	gatewayRole = "gateway-log"   // by which API Gateway writes logs, for the whole account
)

// gatewayPolicy is what [gatewayRole] allows: AWS's own policy for that, and nothing else.
const gatewayPolicy = "AmazonAPIGatewayPushToCloudWatchLogs"

// rightsOf returns what a role allows beside [Grants]: by the name of a function, or [pipeRole]. The
// deployment's name, such as "comanda", is in front of its resources' names. What DynamoDB
// chooses to call a stream is <stream>.
func rightsOf(role, deployment string) []right {
	if role == pipeRole {
		return append(streamRights(deployment),
			right{"lambda:InvokeFunction", "lambda:function:" + deployment + "-enrichment", "it makes notifications of changes"},
			right{"sns:Publish", "sns:" + deployment + "-orders", "notifications go to the topic"},
			right{"sqs:SendMessage", "sqs:" + deployment + "-notifications-dead", "a change that can't be announced isn't lost"})
	}
	logs := "logs:log-group:/aws/lambda/" + deployment + "-" + role + ":*"
	rights := []right{
		{"logs:CreateLogStream", logs, "each process has a stream of its own"},
		{"logs:PutLogEvents", logs, "lines, and the metrics within them; Terraform or CloudFormation makes the group"},
		{"xray:PutTelemetryRecords", "*", "how the tracing itself does; AWS has nothing narrower"},
		{"xray:PutTraceSegments", "*", "traces; AWS has nothing narrower"},
	}
	for _, f := range function.Functions {
		if f.Name == role && f.Trigger == function.Stream {
			rights = append(append(rights, streamRights(deployment)...),
				right{"sqs:SendMessage", "sqs:" + deployment + "-reports-dead", "AWS Lambda puts there what couldn't be counted"})
		}
	}
	return rights
}

// streamRights are what a reader of the orders' stream needs.
func streamRights(deployment string) []right {
	table := "dynamodb:table/" + deployment + "-orders"
	return []right{
		{"dynamodb:DescribeStream", table + "/stream/<stream>", "finds the stream's shards"},
		{"dynamodb:GetShardIterator", table + "/stream/<stream>", "finds its place in a shard"},
		{"dynamodb:GetRecords", table + "/stream/<stream>", "reads changes"},
		{"dynamodb:ListStreams", table + "/stream/*", "is on AWS's list for readers of streams; on those of the table"},
	}
}
