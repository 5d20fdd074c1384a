using System.Text;
using Fairway.Api;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>Answers with pages.</summary>
internal sealed class PageWriter(ControlPlaneServices services)
{
    /// <summary>Where the person's choice of dark or light is kept.</summary>
    public const string ThemeCookie = "fairway-theme";

    /// <summary>What is around a page.</summary>
    /// <param name="call">Whose.</param>
    /// <param name="title">What it is.</param>
    /// <param name="here">Its entry in the navigation.</param>
    /// <param name="live">Address of its stream.</param>
    public PageFrame Frame(ApiRequest call, string title, string here, string? live = null)
    {
        var status = services.Describe();
        return Bare(call.Http, title) with
        {
            Here = here,
            User = call.Caller.Name,
            Csrf = call.Caller.CsrfToken,
            Live = live,
            Problems = [.. status.Warnings ?? [], .. status.Problems, .. status.ConfigurationProblems.Select(problem => "The configuration in force is older than the file: " + problem)],
        };
    }

    /// <summary>What is around a page for anybody.</summary>
    public static PageFrame Bare(HttpContext context, string title) => new()
    {
        Title = title,
        Theme = context.Request.Cookies[ThemeCookie] is { } chosen and ("dark" or "light") ? chosen : null,
        Path = context.Request.Path + context.Request.QueryString.ToString(),
    };

    /// <summary>Renders and answers.</summary>
    public static async Task WriteAsync<TPage>(HttpContext context, object model, int status = StatusCodes.Status200OK) where TPage : IComponent
    {
        // Pages are not compressed: they hold a secret beside what a stranger may have written.
        var bytes = Encoding.UTF8.GetBytes(await Templates.RenderAsync<TPage>(model));
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Sends the browser on.</summary>
    public static Task SeeOther(ApiRequest call, string path)
    {
        call.Http.Response.StatusCode = StatusCodes.Status303SeeOther;
        call.Http.Response.Headers.Location = path;
        return Task.CompletedTask;
    }
}
