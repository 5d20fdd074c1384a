using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.Hosting;

/// <summary>What Kestrel runs: one handler, without middleware, scopes or diagnostics between. A connection's context is used again for its next request.</summary>
internal sealed class EdgeApplication(RequestDelegate handle) : IHttpApplication<DefaultHttpContext>
{
    private volatile bool _closing;

    /// <summary>From now on every HTTP/1.1 answer asks its client to come back on another connection. HTTP/2 clients get GOAWAY when the server stops.</summary>
    public void CloseAfterAnswer() => _closing = true;

    /// <inheritdoc/>
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> connection) return new DefaultHttpContext(contextFeatures);
        if (connection.HostContext is not { } context) return connection.HostContext = new DefaultHttpContext(contextFeatures);
        context.Initialize(contextFeatures);
        return context;
    }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        if (_closing && HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        return handle(context);
    }

    /// <inheritdoc/>
    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
}
