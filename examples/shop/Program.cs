using Shop;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Settings.Usage);
    return 0;
}

var time = TimeProvider.System;
Settings settings;
try
{
    settings = Settings.Read(args, AppContext.BaseDirectory, Environment.GetEnvironmentVariable);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"shop: {e.Message}");
    return 2;
}

if (settings.StartDelay > TimeSpan.Zero) await Task.Delay(settings.StartDelay, time);

// The empty builder: only what is named here is loaded, which starts a third faster.
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddRoutingCore();
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.ListenAnyIP(settings.Port);
});
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.StopGrace);
await using var app = builder.Build();

var catalogue = new Catalogue();
var metrics = new Metrics();
var live = new Live(catalogue, settings, time, app.Lifetime.ApplicationStopping);

app.Use(async (context, next) =>
{
    context.Response.Headers["Shop-Version"] = settings.Version;
    if (context.Request.Path != "/healthz" && context.Request.Path != "/metrics")
    {
        if (settings.Latency > TimeSpan.Zero) await Task.Delay(settings.Latency, time, context.RequestAborted);
        if (settings.ErrorRate > 0 && Random.Shared.NextDouble() < settings.ErrorRate)
        {
            Log.Line(time, "error", "the till is jammed", ("path", context.Request.Path));
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(new Problem("the till is jammed"), ShopJson.Default.Problem);
            return;
        }
    }

    await next(context);
});
app.UseWebSockets();

app.MapGet("/healthz", context =>
{
    context.Response.StatusCode = settings.NeverReady ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
    return context.Response.WriteAsync(settings.NeverReady ? "not ready\n" : "ok\n");
});
app.MapGet("/", context => PageAsync(context, Pages.Index(catalogue, settings.Version)));
app.MapGet("/product/{id:int}", context =>
    catalogue.Find(int.Parse((string)context.Request.RouteValues["id"]!, System.Globalization.CultureInfo.InvariantCulture)) is { } product
        ? PageAsync(context, Pages.Product(product, settings.Version))
        : JsonAsync(context, StatusCodes.Status404NotFound, new Problem("there is no such product"), ShopJson.Default.Problem));
app.MapGet("/api/products", context =>
{
    var empty = settings.EmptyRate > 0 && Random.Shared.NextDouble() < settings.EmptyRate;
    metrics.List(empty);
    return JsonAsync(context, StatusCodes.Status200OK, empty ? [] : catalogue.Products, ShopJson.Default.ProductArray);
});
app.MapGet("/metrics", context =>
{
    context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
    return context.Response.WriteAsync(metrics.ToString(), context.RequestAborted);
});
app.MapPost("/api/orders", async context =>
{
    OrderRequest? request = null;
    try
    {
        request = await context.Request.ReadFromJsonAsync(ShopJson.Default.OrderRequest, context.RequestAborted);
    }
    catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
    {
        // Answered below: what was sent is not an order.
    }

    var (order, error) = request is null ? (null, "send {\"product\":1,\"quantity\":1} as application/json") : catalogue.Take(request);
    if (order is null)
    {
        await JsonAsync(context, StatusCodes.Status400BadRequest, new Problem(error ?? ""), ShopJson.Default.Problem);
        return;
    }

    metrics.Order();
    context.Response.Headers.Location = $"/api/orders/{order.Id}";
    await JsonAsync(context, StatusCodes.Status201Created, order, ShopJson.Default.Order);
});
app.MapGet("/api/orders/{id:long}", context =>
    catalogue.FindOrder(long.Parse((string)context.Request.RouteValues["id"]!, System.Globalization.CultureInfo.InvariantCulture)) is { } order
        ? JsonAsync(context, StatusCodes.Status200OK, order, ShopJson.Default.Order)
        : JsonAsync(context, StatusCodes.Status404NotFound, new Problem("there is no such order here"), ShopJson.Default.Problem));
app.MapGet("/events", live.EventsAsync);
app.Map("/ws", live.SocketAsync);

app.Lifetime.ApplicationStopping.Register(() => Log.Line(time, "info", "stopping", ("orders", catalogue.Orders)));
try
{
    await app.StartAsync();
}
catch (IOException e)
{
    Console.Error.WriteLine($"shop: port {settings.Port}: {e.Message}");
    return 1;
}

Log.Line(time, "info", "listening", ("port", settings.Port), ("version", settings.Version));
if (settings.CrashAfter is { } soon)
{
    _ = Task.Delay(soon, time, app.Lifetime.ApplicationStopping).ContinueWith(
        delay =>
        {
            if (delay.IsCanceled) return;
            Log.Line(time, "error", "crashing, as asked to");
            Environment.Exit(70);
        },
        TaskScheduler.Default);
}

await app.WaitForShutdownAsync();
Log.Line(time, "info", "stopped", ("orders", catalogue.Orders));
return 0;

static Task PageAsync(HttpContext context, string html)
{
    context.Response.ContentType = "text/html; charset=utf-8";
    return context.Response.WriteAsync(html, context.RequestAborted);
}

static Task JsonAsync<T>(HttpContext context, int status, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape)
{
    context.Response.StatusCode = status;
    return context.Response.WriteAsJsonAsync(value, shape, contentType: null, context.RequestAborted);
}
