package function

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/api"
	"comanda/dynamo"
	"comanda/order"
	"comanda/report"
	"comanda/storage"
	"comanda/user"
)

// operations returns the API as far as this function serves it.
func (h *Handler) operations(version string) (http.Handler, error) {
	s := h.settings
	store, err := s.store()
	if err != nil {
		return nil, err
	}
	watch := observer{h.metrics}
	orders := order.NewService(store, s.policy, h.now)
	orders.Observe(watch)
	orders.ReportUnreadable(func(ctx context.Context, err *order.UnreadableError) {
		watch.LeftOut(order.TableName)
		h.logger.ErrorContext(ctx, "a list left an order out", "error", err.Error())
	})
	users := user.NewService(store, h.now)
	users.ReportUnreadable(func(ctx context.Context, err *user.UnreadableError) {
		watch.LeftOut(user.Table.Name)
		h.logger.ErrorContext(ctx, "a list left a user out", "error", err.Error())
	})
	reports := report.NewService(report.Config{Store: store, Zone: s.zone, Currency: s.currency, Now: h.now})
	return api.New(api.Config{
		Orders: orders, Users: users, Reports: reports, Callers: callers{s.admins, h.now},
		Ready: func(ctx context.Context) error { return store.Ping(ctx, order.TableName) }, Version: version, Zone: s.zone, CORSOrigins: s.origins, Only: s.function.Operations,
		UnknownFields: s.unknown, Observer: watch, Logger: h.logger,
	})
}

// store returns the function's tables. It sends nothing.
func (s settings) store() (*dynamo.Store, error) {
	client := dynamodb.New(dynamodb.Options{
		Region:           s.region,
		BaseEndpoint:     s.baseEndpoint(),
		Credentials:      aws.CredentialsProviderFunc(s.credentials),
		RetryMaxAttempts: 1, // the store has retries of its own
	})
	return dynamo.New(client, s.function.Tables(), dynamo.Options{
		Names: s.names,
		Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	})
}

func (s settings) baseEndpoint() *string {
	if s.endpoint == "" {
		return nil
	}
	return &s.endpoint
}

// credentials returns those of the function's role, which AWS Lambda puts into the
// environment for as long as the process lives. The SDK's own search for credentials
// knows many more places, and finding out costs a third of the start.
func (s settings) credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID: s.getenv(keyVariable), SecretAccessKey: s.getenv(secretVariable), SessionToken: s.getenv(sessionVariable),
		Source: "environment",
	}, nil
}
