// Places and reads orders with the TypeScript client that openapi-generator makes.
import { Configuration, OrdersApi, ResponseError, type Id } from "./api";

declare const process: { env: Record<string, string>; exit(code: number): void };

const orders = new OrdersApi(new Configuration({ basePath: process.env.COMANDA_URL, accessToken: process.env.ID_TOKEN }));
const id = (v: Id): string => (typeof v === "number" ? "number:" : "text:") + v;

const place = (orderId: string, totalAmount: number) =>
  orders.placeOrder({
    placement: {
      orderId, totalAmount, restaurantId: 999999999999999,
      delivery: { id: "999999999999999", name: "Luca" },
      orderItems: [
        { id: -999999999999999, name: "Banquet", price: 617283.945, quantity: 2 },
        { id: "9".repeat(64), name: "Wine", price: 999999.9999 },
      ],
    },
  });

async function main(): Promise<void> {
  await place("typescript-largest", 99999999.9999);
  await place("typescript", 1234567.89);
  const largest = await orders.getOrder({ orderId: "typescript-largest" });
  const o = await orders.getOrder({ orderId: "typescript" });
  const listed = await orders.listOrders({ limit: 1 });
  const [banquet, wine] = o.orderItems;
  console.log("restaurant", id(o.restaurantId), "items", id(banquet.id), id(wine.id), "courier", id(o.delivery!.id),
    "prices", String(banquet.price), String(wine.price), "total", String(o.totalAmount),
    "largest", String(largest.totalAmount), "listed", listed.orders.length);
}

main().catch(async (e) => {
  console.error(e, e instanceof ResponseError ? await e.response.text() : "");
  process.exit(1);
});
