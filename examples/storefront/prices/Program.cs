using Storefront.Prices;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();
app.Urls.Add($"http://127.0.0.1:{Environment.GetEnvironmentVariable("PORT") ?? "5000"}");

app.MapGet("/healthz", () => "ready");
app.MapGet("/prices", () => PriceList.Things);
app.MapGet("/prices/{thing}", (string thing, int? count) => PriceList.Of(thing, count ?? 1) is { } cents
    ? Results.Json(new Dictionary<string, long> { ["cents"] = cents }) : Results.NotFound());
await app.RunAsync();
